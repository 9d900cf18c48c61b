package io.chaosproxy.inject;

import io.chaosproxy.stream.Sink;

/** Joint behind the stages of payload: the end of a message's payload isn't the end of the stream. */
final class PayloadEnd extends Joint {
    PayloadEnd() {}

    PayloadEnd(Sink to) {
        lead(to);
    }

    @Override
    public void end() {}
}
