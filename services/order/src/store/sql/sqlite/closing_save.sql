UPDATE order_closing
SET position = ?1 ->> 'position', subjects = ?1 ->> 'subjects', chain = ?1 ->> 'chain', seal = ?1 ->> 'seal'
WHERE one = 1
