"""Amazon S3: buckets."""

from typing import Any

import botocore.exceptions
from pulumi_aws import s3

from .aws_clients import Cloud, found
from .fields import Field, tag_list, tag_map
from .resource import ResourceType, Values

BUCKET = {
    "bucket": Field("Bucket", replaces=True),
    "forceDestroy": Field(default=False, unread=True),
    "tags": Field(),
}


def _create_bucket(cloud: Cloud, inputs: Values) -> str:
    """Create the bucket; one that is there already is an error in us-east-1 too.

    There CreateBucket answers 200 to the owner of an existing bucket:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    """
    client, name = cloud.client("s3"), inputs["bucket"]
    if found(lambda: client.head_bucket(Bucket=name), "404", "NoSuchBucket") is not None:
        error = {"Code": "BucketAlreadyOwnedByYou", "Message": f"the bucket {name} exists already"}
        raise botocore.exceptions.ClientError({"Error": error}, "CreateBucket")
    if cloud.region == "us-east-1":
        client.create_bucket(Bucket=name)
    else:
        place = {"LocationConstraint": cloud.region}
        client.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    return name


def _read_bucket(cloud: Cloud, name: str) -> dict[str, Any] | None:
    client = cloud.client("s3")
    if found(lambda: client.head_bucket(Bucket=name), "404", "NoSuchBucket") is None:
        return None
    region = client.get_bucket_location(Bucket=name).get("LocationConstraint") or "us-east-1"
    tagging = found(lambda: client.get_bucket_tagging(Bucket=name), "NoSuchTagSet")
    suffix = "amazonaws.com.cn" if cloud.partition == "aws-cn" else "amazonaws.com"
    return {
        "bucket": name,
        "arn": f"arn:{cloud.partition}:s3:::{name}",
        "bucketDomainName": f"{name}.s3.{suffix}",
        "bucketRegion": region,
        "bucketRegionalDomainName": f"{name}.s3.{region}.{suffix}",
        "tags": tag_map(tagging["TagSet"]) if tagging else {},
    }


def _update_bucket(cloud: Cloud, name: str, inputs: Values, changed: frozenset[str]) -> None:
    if "tags" not in changed:
        return
    if tags := inputs.get("tags"):
        cloud.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(tags)})
    else:
        cloud.client("s3").delete_bucket_tagging(Bucket=name)


def _delete_bucket(cloud: Cloud, name: str, state: Values) -> None:
    """Delete the bucket; objects in it are deleted only with `forceDestroy`, else S3 refuses."""
    client = cloud.client("s3")
    if found(lambda: client.head_bucket(Bucket=name), "404", "NoSuchBucket") is None:
        return
    if state.get("forceDestroy"):
        for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
            for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                client.delete_object(Bucket=name, Key=item["Key"], VersionId=item["VersionId"])
        for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=name):
            for upload in page.get("Uploads", []):
                client.abort_multipart_upload(
                    Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"]
                )
    client.delete_bucket(Bucket=name)


TYPES = (
    ResourceType(
        declared=s3.Bucket,
        fields=BUCKET,
        service="s3",
        name="bucket",
        create=_create_bucket,
        read=_read_bucket,
        update=_update_bucket,
        delete=_delete_bucket,
    ),
)
