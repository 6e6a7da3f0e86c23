from base_settings import *
