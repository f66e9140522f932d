// Package order is the order saga, the shop that every text on sagas sells from: stock is reserved, the card is
// charged, the parcel is shipped; and each of the three has a way back. order.yaml is its definition.
//
// Each file is one step: its stream, groups and event types stand at the top, below them what it asks for, what it
// answers, and the way back.
package order
