"""The product. It runs without Azure Functions: `functions/` and `edge/` put it behind doors."""
