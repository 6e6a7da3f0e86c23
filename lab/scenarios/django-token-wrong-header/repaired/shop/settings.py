from base_settings import *

CSRF_HEADER_NAME = "HTTP_X_XSRF_TOKEN"
