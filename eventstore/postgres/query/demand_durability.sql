-- What Append has acknowledged must survive a crash, whatever the server's default is; a stronger setting stays.
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'
