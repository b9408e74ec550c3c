# Windows: run once in PowerShell; it makes a task for every Monday at 08:17, or when the computer is next on.
# The addresses are in a file that only you may read.
[Environment]::SetEnvironmentVariable('XLREBAL_NOTIFY_FILE', "$HOME\xlrebal-addresses.txt", 'User')
[Environment]::SetEnvironmentVariable('PYTHONUTF8', '1', 'User')
$action = New-ScheduledTaskAction -Execute "$HOME\xlrebal\.venv\Scripts\xlrebal.exe" `
    -Argument "check `"$HOME\Documents\family.xlsx`" --notify"
$when = New-ScheduledTaskTrigger -Weekly -DaysOfWeek Monday -At 8:17
$how = New-ScheduledTaskSettingsSet -StartWhenAvailable
Register-ScheduledTask -TaskName 'xlrebal check' -Action $action -Trigger $when -Settings $how
