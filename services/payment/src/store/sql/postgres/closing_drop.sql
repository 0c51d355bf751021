DELETE FROM payment_closing
