// Express: first the login, then cross-origin access.
const app = require("express")();
app.use((request, response, next) => {
  if (!request.get("Authorization")) return response.status(403).json({ error: "not logged in" });
  next();
});
app.use(require("cors")({ origin: "https://app.shop.example" }));
app.post("/api/order", (request, response) => response.status(201).json({ order: 1017 }));
app.listen(process.env.PORT, "127.0.0.1");
