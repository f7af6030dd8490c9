"""Everything on one machine, under one folder: an embedded Postgres, an embedded Valkey and our own processes."""
