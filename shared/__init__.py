"""The product. It runs without Azure Functions; `functions/` and `shared/edge/` put it behind doors."""
