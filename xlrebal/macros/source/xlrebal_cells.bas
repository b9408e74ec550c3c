Attribute VB_Name = "xlrebal_cells"
' Functions for cells; see xlrebal.excel.cells. What cannot be answered becomes an error value of Excel.
Option Explicit

Private Const ERROR_VALUE As Long = 2015
Private Const ERROR_NA As Long = 2042

Public Function XLREBAL_DRIFT(ByVal Code As Variant, ParamArray Tables() As Variant) As Variant
    Dim Rest As Variant
    Rest = Tables
    XLREBAL_DRIFT = XlrebalAsked("xlrebal_drift", Array(Code), Rest)
End Function

Public Function XLREBAL_NEXT_DATE(ParamArray Tables() As Variant) As Variant
    Dim Rest As Variant
    Rest = Tables
    XLREBAL_NEXT_DATE = XlrebalAsked("xlrebal_next_date", Array(), Rest)
End Function

Public Function XLREBAL_NEW_CASH(ByVal Amount As Variant, ParamArray Tables() As Variant) As Variant
    Dim Rest As Variant
    Rest = Tables
    XLREBAL_NEW_CASH = XlrebalAsked("xlrebal_new_cash", Array(Amount), Rest)
End Function

Public Function XLREBAL_REASON(ByVal Name As Variant, ByVal Argument As Variant, ParamArray Tables() As Variant) As Variant
    Dim Rest As Variant
    Rest = Tables
    XLREBAL_REASON = XlrebalAsked("xlrebal_reason", Array(Name, Argument), Rest)
End Function

Private Function XlrebalAsked(ByVal Name As String, ByVal First As Variant, ByVal Rest As Variant) As Variant
    Dim Found As Variant
    On Error GoTo Failed
    Found = XlrebalCall(Name, XlrebalArguments(First, Rest))
    If VarType(Found) = vbString Then
        If Found = "#N/A" Then Found = CVErr(ERROR_NA)
    End If
    If VarType(Found) = vbString Then
        If Found = "#VALUE!" Then Found = CVErr(ERROR_VALUE)
    End If
    XlrebalAsked = Found
    Exit Function
Failed:
    XlrebalAsked = CVErr(ERROR_VALUE)
End Function

' Both lists in one; a range stays a range.
Private Function XlrebalArguments(ByVal First As Variant, ByVal Rest As Variant) As Variant
    Dim All() As Variant, Item As Variant, i As Long
    ReDim All(0 To UBound(First) - LBound(First) + UBound(Rest) - LBound(Rest) + 1)
    For Each Item In First
        XlrebalPut All, i, Item
    Next Item
    For Each Item In Rest
        XlrebalPut All, i, Item
    Next Item
    XlrebalArguments = All
End Function

Private Sub XlrebalPut(ByRef All() As Variant, ByRef i As Long, ByVal Item As Variant)
    If IsObject(Item) Then
        Set All(i) = Item
    Else
        All(i) = Item
    End If
    i = i + 1
End Sub
