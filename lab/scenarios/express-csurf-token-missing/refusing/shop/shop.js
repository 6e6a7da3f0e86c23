// Express with csurf, as its README shows it.
const express = require("express");
const app = express();
app.use(require("cookie-parser")());
app.use(express.urlencoded({ extended: false }), express.json());
app.use(require("csurf")({ cookie: true }));
app.get("/order", (request, response) => response.send(request.csrfToken()));
app.post("/order", (request, response) => response.status(201).json({ order: 1017 }));
app.listen(process.env.PORT, "127.0.0.1");
