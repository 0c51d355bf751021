-- What the provider reports, less what was undone of it, is no more than what was wanted.
-- ?1: {payments}: of these.
SELECT 'pay' AS kind, id AS id,
       'the provider did more than was allowed: of ' || amount || ' authorized ' || authorized || ', voided ' || voided ||
       ', captured ' || captured || ', refunded ' || refunded || ', credited ' || credited AS detail,
       count(*) OVER () AS total
FROM payment
WHERE id IN (SELECT unhex(value) FROM json_each(?1, '$.payments'))
  AND (authorized - voided - void_pending > amount
   OR captured - refunded - refund_pending + voided > authorized
   OR captured - refunded - refund_pending > amount
   OR refunded > captured
   OR credited > amount)
LIMIT 100
