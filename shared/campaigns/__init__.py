"""What a release campaign is: the catalogue of actions and the rules of its dates. Pure.

Belongs here: every fact about releasing music (lead times, gates, thresholds, each with its
source and the day it was read), which action fits which release, on which day, at what cost in
hours and money, what a release still lacks, what another day would win, the playbook's own words,
and what a text may not claim. Does not belong here: storage, models of language, who is asking.
The data lies in `playbook/*.toml`; a rule that is wrong is corrected there or in `gates.py`.
"""
