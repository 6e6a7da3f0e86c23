// Express with a rule on the total of an order.
const express = require("express");
const app = express();
app.use(express.json());
app.post("/api/order", (request, response) => {
  if (request.body.total > 10000) {
    return response.status(403).json({ error: "order_limit", message: "Orders above 10000 EUR need an approval by your manager" });
  }
  response.status(201).json({ order: 1017 });
});
app.listen(process.env.PORT, "127.0.0.1");
