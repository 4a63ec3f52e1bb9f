"""Object stores: a directory, or MinIO and any S3."""
