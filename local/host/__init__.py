"""The function host: runs `function_app.py` on this machine as Azure Functions would run it.

It imitates what `azure.md` section 6 lists of the real host, and fails in the same places. One
departure is on purpose: a queue message is leased for 30 seconds instead of ten minutes, so that
the work of a killed host is soon taken up. Development only; nothing in here is deployed.
"""
