library(httr)

  url = "http://api.burningsoul.in/moon/1456419245"
  httr::GET(url)
