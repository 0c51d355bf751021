SELECT position FROM order_closing
