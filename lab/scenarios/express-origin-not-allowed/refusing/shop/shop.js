// Express that knows which sites may call it, with the check of the cors README.
const app = require("express")();
const sites = ["https://app.shop.example"];
app.use(require("cors")({
  origin(origin, answer) {
    if (!origin || sites.includes(origin)) return answer(null, true);
    answer(Object.assign(new Error("Not allowed by CORS"), { status: 403 }));
  },
}));
app.post("/api/order", (request, response) => response.status(201).json({ order: 1017 }));
app.listen(process.env.PORT, "127.0.0.1");
