Attribute VB_Name = "xlrebal_system"
' What the macros ask of the computer: its files, its Pythons, a message box, the server for functions in cells.
Option Explicit

' The setting of xlwings that names the interpreter.
Public Function XlrebalInterpreterKey() As String
    #If Mac Then
        XlrebalInterpreterKey = "INTERPRETER_MAC"
    #Else
        XlrebalInterpreterKey = "INTERPRETER_WIN"
    #End If
End Function

' Whether a macro may look at files and start programs: Excel for macOS runs in a sandbox.
Public Function XlrebalCanLook() As Boolean
    #If Mac Then
        XlrebalCanLook = False
    #Else
        XlrebalCanLook = True
    #End If
End Function

Public Function XlrebalExpanded(ByVal Text As String) As String
    XlrebalExpanded = CreateObject("WScript.Shell").ExpandEnvironmentStrings(Text)
End Function

' Scripting knows every letter; Dir and GetAttr only those of the system's code page.
Public Function XlrebalIsFile(ByVal Path As String) As Boolean
    XlrebalIsFile = CreateObject("Scripting.FileSystemObject").FileExists(Path)
End Function

' The path as xlwings can read it: with letters outside the system's code page its short form.
Public Function XlrebalReadable(ByVal Path As String) As String
    Dim Attributes As Long
    XlrebalReadable = Path
    On Error Resume Next
    Attributes = GetAttr(Path)
    If Err.Number <> 0 Then XlrebalReadable = CreateObject("Scripting.FileSystemObject").GetFile(Path).ShortPath
End Function

' Whether an interpreter starts and finds both packages.
Public Function XlrebalHasPackages(ByVal Python As String) As Boolean
    Dim Test As String, Code As Long
    Test = "import sys, importlib.util as u; sys.exit(0 if u.find_spec('xlwings') and u.find_spec('xlrebal') else 3)"
    Code = -1
    On Error Resume Next
    Code = CreateObject("WScript.Shell").Run(Chr(34) & Python & Chr(34) & " -B -c " & Chr(34) & Test & Chr(34), 0, True)
    XlrebalHasPackages = (Code = 0)
End Function

' Where Python may be, one place a line: environments made for xlrebal, the registry, the usual folders, PATH.
Public Function XlrebalPlaces() As String
    Dim Shell As Object, Found As String, Root As Variant, Folder As Variant, Minor As Long
    Set Shell = CreateObject("WScript.Shell")
    Found = "%USERPROFILE%\pipx\venvs\xlrebal\Scripts\python.exe" & vbLf & _
        "%LOCALAPPDATA%\pipx\pipx\venvs\xlrebal\Scripts\python.exe" & vbLf & _
        "%APPDATA%\uv\tools\xlrebal\Scripts\python.exe" & vbLf & _
        "%USERPROFILE%\.venv\Scripts\python.exe" & vbLf & _
        "%USERPROFILE%\venv\Scripts\python.exe"
    For Each Root In Array("HKCU", "HKLM")
        For Minor = 19 To 11 Step -1
            Found = Found & vbLf & XlrebalRegistered(Shell, Root & "\Software\Python\PythonCore\3." & Minor)
        Next Minor
    Next Root
    For Minor = 19 To 11 Step -1
        Found = Found & vbLf & "%LOCALAPPDATA%\Programs\Python\Python3" & Minor & "\python.exe"
    Next Minor
    Found = Found & vbLf & "%USERPROFILE%\anaconda3\python.exe" & vbLf & "%USERPROFILE%\miniconda3\python.exe"
    For Each Folder In Split(Environ("PATH"), ";")
        If Folder <> "" Then Found = Found & vbLf & Folder & "\python.exe"
    Next Folder
    XlrebalPlaces = Shell.ExpandEnvironmentStrings(Found)
End Function

' The list that the launcher py reads as well.
Private Function XlrebalRegistered(ByVal Shell As Object, ByVal Key As String) As String
    On Error Resume Next
    XlrebalRegistered = Shell.RegRead(Key & "\InstallPath\ExecutablePath")
End Function

Public Sub XlrebalShow(ByVal Text As String)
    #If Mac Then
        MsgBox Text, vbExclamation, "xlrebal"
    #Else
        ' A message box of VBA shows only the letters of the system's code page.
        CreateObject("WScript.Shell").Popup Text, 0, "xlrebal", 48
    #End If
End Sub

' Asks the server of xlwings, which runs on Windows only.
Public Function XlrebalCall(ByVal Name As String, ByVal Arguments As Variant) As Variant
    #If Mac Then
        Err.Raise 445
    #Else
        XlrebalCall = XLPy.CallUDF("xlrebal.excel", Name, Arguments, ThisWorkbook, Application.Caller)
    #End If
End Function
