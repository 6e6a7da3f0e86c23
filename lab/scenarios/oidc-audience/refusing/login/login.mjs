// An OpenID Connect provider with one client that may ask for tokens of the orders API.
import { Provider } from "oidc-provider";

const issuer = "http://127.0.0.1:${PORT_login}";
const provider = new Provider(issuer, {
  clients: [{ client_id: "importer", client_secret: "importer-secret", grant_types: ["client_credentials"], redirect_uris: [], response_types: [] }],
  scopes: ["orders:read", "orders:write"],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: "orders:read orders:write", audience: "https://api.shop.example", accessTokenFormat: "jwt" }),
    },
  },
});
provider.listen(process.env.PORT, "127.0.0.1");
