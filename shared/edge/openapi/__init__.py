"""The API's own description: an OpenAPI 3.1 document made from the operations, and a page of it.

Everything in it comes from the code that it describes: terms, models, codes. Only the examples are
written by hand; tests hold each of them against its model, and send those of requests.
"""
