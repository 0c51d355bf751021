SELECT consumer, state, count(*) AS letters, min(since) AS oldest
FROM event_letter
WHERE state <> 'DISCARDED'
GROUP BY consumer, state
