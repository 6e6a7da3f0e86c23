// The orders API: express-oauth2-jwt-bearer checks tokens of the provider.
const app = require("express")();
const { auth, requiredScopes } = require("express-oauth2-jwt-bearer");
app.use(auth({ issuerBaseURL: "http://127.0.0.1:${PORT_login}", audience: "https://api.staging.shop.example" }));
app.post("/orders", requiredScopes("orders:write"), (request, response) => response.status(201).json({ order: 1017 }));
app.listen(process.env.PORT, "127.0.0.1");
