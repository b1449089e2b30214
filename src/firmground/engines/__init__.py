"""What a machine must do: plain Python, no Django, no database, no idea who is asking."""
