"""Users, roles, teams, sessions and tokens: who is asking."""
