SELECT position, subjects, chain, seal, (SELECT count(*) FROM order_open) AS open
FROM order_closing
