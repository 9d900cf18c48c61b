package io.chaosproxy.inject;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Joint behind a stage: it knows the position in the exchange of the byte that passes next. */
final class CountingJoint extends Joint {
    private volatile long position; // written by the thread that writes

    CountingJoint(long position) {
        this.position = position;
    }

    /** Position of the byte that passes next; exact for the thread that writes it. */
    long position() {
        return position;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void write(ByteBuffer bytes) throws IOException {
        int before = bytes.remaining();
        try {
            super.write(bytes);
        } finally {
            position += before - bytes.remaining();
        }
    }
}
