SELECT min(effective_at) AS due FROM operation WHERE state = 'pending'
