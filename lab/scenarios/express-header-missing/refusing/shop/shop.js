// Express with a custom header against forgery.
const app = require("express")();
app.use("/api", (request, response, next) => {
  if (request.method !== "GET" && request.get("X-Requested-With") !== "XMLHttpRequest") {
    return response.status(403).json({ error: "Cross-site request refused: X-Requested-With header required" });
  }
  next();
});
app.post("/api/order", (request, response) => response.status(201).json({ order: 1017 }));
app.listen(process.env.PORT, "127.0.0.1");
