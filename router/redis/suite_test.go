
// Subscribe implements message.Subscriber.
func (n named) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	messages, err := n.Subscriber.Subscribe(ctx, topic)
	if err != nil {
		return nil, err
	}
	out := make(chan *message.Message)
	go func() {
		defer close(out)
		for m := range messages {
			m.UUID = m.Metadata[uuidField]
			select {
			case out <- m:
			case <-m.Context().Done(): // nobody takes it: the subscription ends
			}
		}
	}()
	return out, nil
}

// SubscribeInitialize implements message.SubscribeInitializer.
func (n named) SubscribeInitialize(topic string) error {
	return n.Subscriber.(message.SubscribeInitializer).SubscribeInitialize(topic)
}
