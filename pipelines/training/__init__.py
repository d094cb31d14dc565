"""How the starter sentiment adapter was trained; nothing at run time imports it."""
