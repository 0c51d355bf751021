-- Where a customer is sent who must act for his payment: beside the order and its events, since whoever has it can act for him.
ALTER TABLE orders ADD COLUMN action_uri TEXT;
