package store

// ManagerError is managerError.
var ManagerError = managerError
