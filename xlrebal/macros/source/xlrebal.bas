Attribute VB_Name = "xlrebal"
' Macros behind the buttons. Each one hands over to Python; see xlrebal.excel.
Option Explicit

Public Sub XlrebalUpdate()
    RunPython "import xlrebal.excel; xlrebal.excel.update()"
End Sub

Public Sub XlrebalRebalanceNow()
    RunPython "import xlrebal.excel; xlrebal.excel.rebalance_now()"
End Sub

Public Sub XlrebalCheck()
    RunPython "import xlrebal.excel; xlrebal.excel.check()"
End Sub

Public Sub XlrebalRecordExecuted()
    RunPython "import xlrebal.excel; xlrebal.excel.record_executed()"
End Sub

Public Sub XlrebalClearResults()
    RunPython "import xlrebal.excel; xlrebal.excel.clear_results()"
End Sub

' Tells whether this module was compiled.
Public Function XlrebalAnswer() As Long
    XlrebalAnswer = 42
End Function
