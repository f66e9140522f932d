//go:build unix

package ledger

import (
	"os"
	"syscall"
)

// lock takes the file for this process until it is closed.
func lock(file *os.File) error {
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return ErrInUse
	}
	return nil
}
