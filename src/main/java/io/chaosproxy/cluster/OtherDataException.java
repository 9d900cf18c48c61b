package io.chaosproxy.cluster;

import redis.clients.jedis.exceptions.JedisDataException;

/** A key of a cluster has something else than a cluster puts there. */
final class OtherDataException extends JedisDataException {
    private static final long serialVersionUID = 1L;

    OtherDataException(String message) {
        super(message);
    }
}
