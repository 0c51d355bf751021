SELECT position FROM order_closing FOR UPDATE
