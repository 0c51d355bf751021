SELECT currency,
       sum(CASE WHEN kind = 'authorization' THEN amount - captured - voided ELSE 0 END) AS authorized,
       sum(CASE WHEN kind = 'capture' THEN amount ELSE 0 END) AS captured,
       sum(CASE WHEN kind = 'void' THEN amount ELSE 0 END) AS voided,
       sum(CASE WHEN kind = 'refund' THEN amount ELSE 0 END) AS refunded,
       sum(CASE WHEN kind = 'credit' THEN amount ELSE 0 END) AS credited,
       count(*) AS operations
FROM operation
WHERE state = 'succeeded'
GROUP BY currency
ORDER BY currency
