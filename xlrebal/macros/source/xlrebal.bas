Attribute VB_Name = "xlrebal"
' Macros behind the buttons. Each one hands over to Python; see xlrebal.excel.
Option Explicit

' The interpreter that was found good since the workbook was opened.
Private GoodPython As String

Public Sub XlrebalUpdate()
    XlrebalPress "update"
End Sub

Public Sub XlrebalRebalanceNow()
    XlrebalPress "rebalance_now"
End Sub

Public Sub XlrebalCheck()
    XlrebalPress "check"
End Sub

Public Sub XlrebalRecordExecuted()
    XlrebalPress "record_executed"
End Sub

Public Sub XlrebalClearResults()
    XlrebalPress "clear_results"
End Sub

' Runs a function of xlrebal.excel with the Python that is on this computer now.
Private Sub XlrebalPress(ByVal Action As String)
    Dim Missing As String
    If Not XlrebalReady() Then Exit Sub
    ' Without double quotes, dollar, percent and bar: it goes through a command line.
    Missing = "'xlrebal is not installed here. Run in a terminal: ' + sys.executable + ' -m pip install xlrebal xlwings'"
    RunPython "import sys, importlib.util as u; u.find_spec('xlrebal') or sys.exit(" & Missing & "); " & _
        "import xlrebal.excel; xlrebal.excel." & Action & "()"
End Sub

' Finds a Python that has what the buttons need, and writes it into the settings of xlwings; tells what is missing.
Public Function XlrebalReady() As Boolean
    Dim Key As String, Stored As String, First As String, Found As String
    Dim Places() As String, i As Long
    Key = XlrebalInterpreterKey()
    Stored = XlrebalSetting(Key)
    XlrebalReady = True
    If Stored <> "" And Stored = GoodPython Then Exit Function
    If Not XlrebalCanLook() Then
        If Stored = "" Or Stored = "python" Then
            XlrebalTell "NOT_BOUND", "This workbook does not know its Python yet. Close it and run in a terminal: " & _
                "python3 -m xlrebal excel install " & ThisWorkbook.Name, ""
            XlrebalReady = False
        End If
        Exit Function
    End If
    Places = Split(XlrebalExpanded(Stored) & vbLf & XlrebalPlaces(), vbLf)
    For i = LBound(Places) To UBound(Places)
        If Found = "" And XlrebalIsFile(Places(i)) Then
            If First = "" Then First = Places(i)
            If XlrebalHasPackages(Places(i)) Then Found = Places(i)
        End If
    Next i
    If Found <> "" Then
        GoodPython = XlrebalReadable(Found)
        If GoodPython <> Stored Then XlrebalStore Key, GoodPython
        Exit Function
    End If
    XlrebalReady = False
    If First = "" Then
        XlrebalTell "NO_PYTHON", "There is no Python on this computer. Run in a terminal, then press the button again: " & _
            "winget install -e --id Python.Python.3.13", ""
    Else
        XlrebalTell "NO_PACKAGES", "This Python has no xlrebal or no xlwings. Run in a terminal, then press the button " & _
            "again: {python} -m pip install xlrebal xlwings", Chr(34) & First & Chr(34)
    End If
End Function

' A value of the sheet xlwings.conf; empty without it.
Private Function XlrebalSetting(ByVal Name As String) As String
    Dim Row As Long
    Row = XlrebalRow(Name)
    If Row > 0 Then XlrebalSetting = CStr(ThisWorkbook.Worksheets("xlwings.conf").Cells(Row, 2).Value)
End Function

Private Sub XlrebalStore(ByVal Name As String, ByVal Text As String)
    Dim Row As Long
    On Error Resume Next
    Row = XlrebalRow(Name)
    If Row > 0 Then ThisWorkbook.Worksheets("xlwings.conf").Cells(Row, 2).Value = Text
End Sub

Private Function XlrebalRow(ByVal Name As String) As Long
    Dim Row As Long
    On Error GoTo NotThere
    For Row = 1 To 50
        If CStr(ThisWorkbook.Worksheets("xlwings.conf").Cells(Row, 1).Value) = Name Then
            XlrebalRow = Row
            Exit Function
        End If
    Next Row
NotThere:
End Function

' Says what is missing, in the workbook's language where its settings have the text, in its message cell and a box.
Private Sub XlrebalTell(ByVal Key As String, ByVal English As String, ByVal Python As String)
    Dim Text As String
    Text = XlrebalSetting("XLREBAL_TEXT_" & Key)
    If Text = "" Then Text = English
    Text = Replace(Text, "{python}", Python)
    Text = Replace(Text, "{file}", ThisWorkbook.Name)
    XlrebalNote Text
    XlrebalShow Text
End Sub

Private Sub XlrebalNote(ByVal Text As String)
    On Error Resume Next
    ThisWorkbook.Names("xlrebal_message").RefersToRange.Value = Text
End Sub

' Tells whether this module was compiled.
Public Function XlrebalAnswer() As Long
    XlrebalAnswer = 42
End Function
