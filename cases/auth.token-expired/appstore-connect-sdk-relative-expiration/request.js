  const client = new AppStoreConnectAPI({
    issuerId: process.env.SPACESHIP_CONNECT_API_ISSUER_ID,
    privateKeyId: process.env.SPACESHIP_CONNECT_API_KEY_ID,
    privateKey: process.env.SPACESHIP_CONNECT_API_KEY,
    expirationTime: 600
  });
