SELECT mark = ?1 ->> 'mark' AS stands FROM stoa_database
