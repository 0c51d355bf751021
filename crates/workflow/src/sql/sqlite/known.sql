SELECT id, status FROM workflow WHERE id IN (SELECT unhex(value) FROM json_each(?1))
