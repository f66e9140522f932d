// Package mission is the mission saga: robots are allocated, a route through an area is planned, the area is explored,
// the robots' maps are made one, and the robots are released. It is the system that Skald was first built to run, and
// its streams, groups and event types are fixed (docs/protocol.md).
//
// Each file is one handler: its stream, consumer group and event type stand at the top, below them what it asks for,
// what it answers, and the way back. mission.yaml is the saga's definition.
//
// The domain logic is small and deterministic: the same robot_count and area give the same mission.
package mission
