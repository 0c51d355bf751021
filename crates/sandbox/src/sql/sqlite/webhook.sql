SELECT url, secret FROM webhook
