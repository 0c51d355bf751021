-- The sums of a payment are those of its operations; a sale is reserved and taken by one.
-- $1: {payments}: of these.
SELECT 'pay' AS kind, p.id AS id,
       'its sums are authorized ' || p.authorized || ', captured ' || p.captured || ', voided ' || p.voided ||
       ', refunded ' || p.refunded || ', credited ' || p.credited || '; its operations say ' ||
       coalesce(o.authorized, 0) || ', ' || coalesce(o.captured, 0) || ', ' || coalesce(o.voided, 0) || ', ' ||
       coalesce(o.refunded, 0) || ', ' || coalesce(o.credited, 0) || ' and ' ||
       coalesce(o.pending, 0) || ' pending' AS detail,
       count(*) OVER () AS total
FROM payment p
LEFT JOIN (
    SELECT payment_id,
           sum(amount) FILTER (WHERE kind = 'AUTHORIZE' AND state = 'SUCCEEDED') AS authorized,
           sum(amount) FILTER (WHERE kind = 'CAPTURE' AND state = 'SUCCEEDED') AS captured,
           sum(amount) FILTER (WHERE kind = 'VOID' AND state = 'SUCCEEDED') AS voided,
           sum(amount) FILTER (WHERE kind = 'REFUND' AND state = 'SUCCEEDED') AS refunded,
           sum(amount) FILTER (WHERE kind = 'CREDIT' AND state = 'SUCCEEDED') AS credited,
           sum(amount) FILTER (WHERE state IN ('PENDING', 'UNKNOWN')) AS pending
    FROM operation
    WHERE payment_id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments'))
    GROUP BY payment_id
) o ON o.payment_id = p.id
WHERE p.id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb -> 'payments'))
  AND (p.authorized, p.captured, p.voided, p.refunded, p.credited,
       p.authorize_pending + p.capture_pending + p.void_pending + p.refund_pending + p.credit_pending) <>
      (coalesce(o.authorized, 0), coalesce(o.captured, 0) + CASE p.flow WHEN 'SALE' THEN coalesce(o.authorized, 0) ELSE 0 END,
       coalesce(o.voided, 0), coalesce(o.refunded, 0),
       coalesce(o.credited, 0), coalesce(o.pending, 0))
LIMIT 100
