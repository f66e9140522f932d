package sqlite

import (
	"context"
	"database/sql/driver"
)

// gatedConnector makes connections whose writes pass the gate.
type gatedConnector struct {
	driver.Connector
	gate gate
}

func (c gatedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &gatedConn{fullConn: conn.(fullConn), gate: c.gate}, nil
}

// fullConn is what the driver's connections implement; see its documentation of NewConnector.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// gatedConn holds the gate from the beginning of a transaction that may write until its end, and while a statement
// outside of one is executed.
type gatedConn struct {
	fullConn
	gate  gate
	holds bool
}

// Unwrap is the driver's connection.
func (c *gatedConn) Unwrap() driver.Conn { return c.fullConn }

func (c *gatedConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if options.ReadOnly {
		return c.fullConn.BeginTx(ctx, options)
	}
	if err := c.gate.enter(ctx); err != nil {
		return nil, err
	}
	tx, err := c.fullConn.BeginTx(ctx, options)
	if err != nil {
		c.gate.leave()
		return nil, err
	}
	c.holds = true
	return &gatedTx{Tx: tx, conn: c}, nil
}

func (c *gatedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !c.holds {
		if err := c.gate.enter(ctx); err != nil {
			return nil, err
		}
		defer c.gate.leave()
	}
	return c.fullConn.ExecContext(ctx, query, args)
}

// gatedTx gives the gate back at its end, however it ends.
type gatedTx struct {
	driver.Tx
	conn *gatedConn
}

func (t *gatedTx) Commit() error {
	defer t.leave()
	return t.Tx.Commit()
}

func (t *gatedTx) Rollback() error {
	defer t.leave()
	return t.Tx.Rollback()
}

func (t *gatedTx) leave() {
	if t.conn.holds {
		t.conn.holds = false
		t.conn.gate.leave()
	}
}
