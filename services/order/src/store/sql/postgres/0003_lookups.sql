-- What is looked up by a reference of the merchant's own, in whichever channel.
CREATE INDEX returns_external ON returns (external_ref) WHERE external_ref IS NOT NULL;
CREATE INDEX credits_external ON credits (external_ref);
