// An API that wants a key.
const app = require("express")();

app.post("/api/orders", (request, response) => {
  const key = request.headers["x_api_key"];
  if (key === undefined) return response.status(403).json({ error: "API key missing" });
  if (key !== "7d1f0c2ab94e4f58") return response.status(403).json({ error: "API key unknown" });
  response.status(201).json({ order: 1017 });
});

app.listen(process.env.PORT, "127.0.0.1");
