"""The one reader of layouts on collections with files of labels that its
author had not seen: the folders and files of public downloads and of people's disks.

What an attentive person would read was written down before the reader was run; where
that is not the best reading, the sentence that asks about it is looked for.
"""

import pytest

from tests.datasets.reading.layout_cases import Case, parts, plain, seen

CASES = [
    Case("APTOS in three",
         ["train_images/train_images/train{1..4}.png", "val_images/val_images/val{1..4}.png",
          "test_images/test_images/test{1..4}.png"],
         "table", parts("0", "1", train=2, validation=2, test=2), texts={
             "train_1.csv":
                 "id_code,diagnosis\ntrain1,1\ntrain2,0\ntrain3,1\ntrain4,0\n",
             "valid.csv":
                 "id_code,diagnosis\nval1,1\nval2,0\nval3,1\nval4,0\n",
             "test.csv":
                 "id_code,diagnosis\ntest1,1\ntest2,0\ntest3,1\ntest4,0\n"}),
    Case("plant pathology",
         ["images/Train_{0..5}.jpg", "images/Test_{0..2}.jpg"],
         "table", plain("healthy", "rust"), unlabelled=3, texts={
             "train.csv":
                 "image_id,healthy,multiple_diseases,rust,scab\nTrain_0,0,0,1,0\n"
                 "Train_1,1,0,0,0\nTrain_2,0,0,1,0\nTrain_3,1,0,0,0\nTrain_4,0,0,1,0\n"
                 "Train_5,1,0,0,0\n",
             "test.csv":
                 "image_id\nTest_0\nTest_1\nTest_2\n"}),
    Case("garbage",
         ["Garbage classification/Garbage classification/cardboard/cardboard{1..6}.jpg",
          "Garbage classification/Garbage classification/glass/glass{1..6}.jpg",
          "Garbage classification/Garbage classification/trash/trash{1..6}.jpg"],
         "class-folders", parts("cardboard", "glass", "trash", train=4, validation=1, test=1),
         texts={
             "one-indexed-files.txt":
                 "cardboard1.jpg 1\ncardboard2.jpg 1\ncardboard3.jpg 1\ncardboard4.jpg 1\n"
                 "cardboard5.jpg 1\ncardboard6.jpg 1\nglass1.jpg 2\nglass2.jpg 2\nglass3.jpg 2\n"
                 "glass4.jpg 2\nglass5.jpg 2\nglass6.jpg 2\ntrash1.jpg 3\ntrash2.jpg 3\n"
                 "trash3.jpg 3\ntrash4.jpg 3\ntrash5.jpg 3\ntrash6.jpg 3\n",
             "zero-indexed-files.txt":
                 "cardboard1.jpg 0\ncardboard2.jpg 0\ncardboard3.jpg 0\ncardboard4.jpg 0\n"
                 "cardboard5.jpg 0\ncardboard6.jpg 0\nglass1.jpg 1\nglass2.jpg 1\nglass3.jpg 1\n"
                 "glass4.jpg 1\nglass5.jpg 1\nglass6.jpg 1\ntrash1.jpg 2\ntrash2.jpg 2\n"
                 "trash3.jpg 2\ntrash4.jpg 2\ntrash5.jpg 2\ntrash6.jpg 2\n",
             "one-indexed-files-notrash_train.txt":
                 "cardboard1.jpg 1\ncardboard2.jpg 1\ncardboard3.jpg 1\ncardboard4.jpg 1\n"
                 "glass1.jpg 2\nglass2.jpg 2\nglass3.jpg 2\nglass4.jpg 2\ntrash1.jpg 3\n"
                 "trash2.jpg 3\ntrash3.jpg 3\ntrash4.jpg 3\n",
             "one-indexed-files-notrash_val.txt":
                 "cardboard5.jpg 1\nglass5.jpg 2\ntrash5.jpg 3\n",
             "one-indexed-files-notrash_test.txt":
                 "cardboard6.jpg 1\nglass6.jpg 2\ntrash6.jpg 3\n"}),
    Case("CelebA",
         ["img_align_celeba/img_align_celeba/{000001..000009}.jpg"],
         "one-class", plain("img_align_celeba", count=9),
         note="list_attr_celeba.csv gives pictures several labels at once", texts={
             "list_attr_celeba.csv":
                 "image_id,Bald,Smiling,Young\n000001.jpg,1,-1,1\n000002.jpg,-1,-1,1\n"
                 "000003.jpg,1,1,1\n000004.jpg,-1,-1,1\n000005.jpg,1,-1,1\n000006.jpg,-1,1,1\n"
                 "000007.jpg,1,-1,1\n000008.jpg,-1,-1,1\n000009.jpg,1,1,1\n",
             "list_eval_partition.csv":
                 "image_id,partition\n000001.jpg,1\n000002.jpg,2\n000003.jpg,0\n000004.jpg,1\n"
                 "000005.jpg,2\n000006.jpg,0\n000007.jpg,1\n000008.jpg,2\n000009.jpg,0\n",
             "list_bbox_celeba.csv":
                 "image_id,x_1,y_1,width,height\n000001.jpg,96,71,226,313\n"
                 "000002.jpg,97,71,226,313\n000003.jpg,98,71,226,313\n000004.jpg,99,71,226,313\n"
                 "000005.jpg,100,71,226,313\n000006.jpg,101,71,226,313\n"
                 "000007.jpg,102,71,226,313\n000008.jpg,103,71,226,313\n"
                 "000009.jpg,104,71,226,313\n"}),
    Case("BreakHis with folds",
         ["BreaKHis_v1/BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/"
          "SOB_B_A_14-22549AB/{40X,100X}/b{1..3}.png",
          "BreaKHis_v1/BreaKHis_v1/histology_slides/breast/malignant/SOB/lobular/"
          "SOB_M_LC_14-15570C/{40X,100X}/m{1..3}.png"],
         "class-folders", plain("benign", "malignant", count=6), texts={
             "Folds.csv":
                 "fold,mag,grp,filename\n"
                 "1,40,test,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/40X/b1.png\n"
                 "1,40,train,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/40X/b2.png\n"
                 "1,40,test,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/40X/b3.png\n"
                 "1,100,test,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/100X/b1.png\n"
                 "1,100,train,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/100X/b2.png\n"
                 "1,100,test,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/100X/b3.png\n"
                 "2,40,test,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/40X/b1.png\n"
                 "2,40,train,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/40X/b2.png\n"
                 "2,40,test,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/40X/b3.png\n"
                 "2,100,test,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/100X/b1.png\n"
                 "2,100,train,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/100X/b2.png\n"
                 "2,100,test,"
                 "BreaKHis_v1/histology_slides/breast/benign/SOB/adenosis/SOB_B_A_14"
                 "-22549AB/100X/b3.png\n"}),
    Case("ISIC 2018",
         ["ISIC2018_Task3_Training_Input/ISIC_1{1..4}.jpg",
          "ISIC2018_Task3_Validation_Input/ISIC_2{1..4}.jpg",
          "ISIC2018_Task3_Test_Input/ISIC_3{1..4}.jpg",
          "ISIC2018_Task3_Training_Input/LICENSE.txt",
          "ISIC2018_Task3_Training_Input/ATTRIBUTION.txt"],
         "table", parts("MEL", "NV", train=2, validation=2, test=2), texts={
             "ISIC2018_Task3_Training_GroundTruth/ISIC2018_Task3_Training_GroundTruth.csv":
                 "image,MEL,NV,BCC\nISIC_11,1.0,0.0,0.0\nISIC_12,0.0,1.0,0.0\n"
                 "ISIC_13,1.0,0.0,0.0\nISIC_14,0.0,1.0,0.0\n",
             "ISIC2018_Task3_Validation_GroundTruth/ISIC2018_Task3_Validation_GroundTruth.csv":
                 "image,MEL,NV,BCC\nISIC_21,1.0,0.0,0.0\nISIC_22,0.0,1.0,0.0\n"
                 "ISIC_23,1.0,0.0,0.0\nISIC_24,0.0,1.0,0.0\n",
             "ISIC2018_Task3_Test_GroundTruth/ISIC2018_Task3_Test_GroundTruth.csv":
                 "image,MEL,NV,BCC\nISIC_31,1.0,0.0,0.0\nISIC_32,0.0,1.0,0.0\n"
                 "ISIC_33,1.0,0.0,0.0\nISIC_34,0.0,1.0,0.0\n"}),
    Case("CUB with its lists",
         ["CUB_200_2011/images/{001.Black_footed_Albatross,002.Laysan_Albatross}/A_{1..3}.jpg"],
         "class-folders", plain("001.Black_footed_Albatross", "002.Laysan_Albatross"), texts={
             "CUB_200_2011/images.txt":
                 "1 001.Black_footed_Albatross/A_1.jpg\n2 001.Black_footed_Albatross/A_2.jpg\n"
                 "3 001.Black_footed_Albatross/A_3.jpg\n4 002.Laysan_Albatross/A_1.jpg\n"
                 "5 002.Laysan_Albatross/A_2.jpg\n6 002.Laysan_Albatross/A_3.jpg\n",
             "CUB_200_2011/image_class_labels.txt":
                 "1 1\n2 1\n3 1\n4 2\n5 2\n6 2\n",
             "CUB_200_2011/train_test_split.txt":
                 "1 0\n2 1\n3 1\n4 0\n5 1\n6 1\n",
             "CUB_200_2011/classes.txt":
                 "1 001.Black_footed_Albatross\n2 002.Laysan_Albatross\n",
             "CUB_200_2011/bounding_boxes.txt":
                 "1 60.0 27.0 325.0 304.0\n"}),
    Case("Stanford cars flat with table",
         ["cars_train/{00001..00006}.jpg", "cars_test/{00011..00013}.jpg"],
         "table", parts("3", "14"), unlabelled=3, texts={
             "anno_train.csv":
                 "00001.jpg,40,117,568,376,3\n00002.jpg,41,118,567,377,14\n"
                 "00003.jpg,42,119,566,378,3\n00004.jpg,43,120,565,379,14\n"
                 "00005.jpg,44,121,564,380,3\n00006.jpg,45,122,563,381,14\n"}),
    Case("GTSRB twice in two cases",
         ["{Train,train}/{0..2}/0000{1..3}.png", "{Test,test}/000{0..2}.png",
          "{Meta,meta}/{0..2}.png"],
         "split-above-classes", parts("0", "1", "2", test=1), skipped=18, texts={
             "Train.csv":
                 "Width,Height,ClassId,Path\n30,31,0,Train/0/00001.png\n"
                 "30,31,0,Train/0/00002.png\n30,31,0,Train/0/00003.png\n"
                 "30,31,1,Train/1/00001.png\n30,31,1,Train/1/00002.png\n"
                 "30,31,1,Train/1/00003.png\n30,31,2,Train/2/00001.png\n"
                 "30,31,2,Train/2/00002.png\n30,31,2,Train/2/00003.png\n",
             "Test.csv":
                 "Width,Height,ClassId,Path\n30,31,0,Test/0000.png\n30,31,1,Test/0001.png\n"
                 "30,31,2,Test/0002.png\n",
             "Meta.csv":
                 "Path,ClassId,ShapeId,ColorId,SignId\nMeta/0.png,0,0,1,3.0\n"
                 "Meta/1.png,1,0,1,3.1\nMeta/2.png,2,0,1,3.2\n"}),
    Case("HF metadata.csv",
         ["data/train/{0001..0004}.png", "data/test/{0005..0006}.png"],
         "table", parts("0", "1", train=2, test=1), texts={
             "data/train/metadata.csv":
                 "file_name,label\n0001.png,1\n0002.png,0\n0003.png,1\n0004.png,0\n",
             "data/test/metadata.csv":
                 "file_name,label\n0005.png,1\n0006.png,0\n"}),
    Case("HF captions",
         ["train/{0001..0004}.png"],
         "unlabelled", {}, unlabelled=4, texts={
             "train/metadata.jsonl":
                 '{"file_name": "0001.png", "text": "a drawing of number 1"}\n'
                 '{"file_name": "0002.png", "text": "a drawing of number 2"}\n'
                 '{"file_name": "0003.png", "text": "a drawing of number 3"}\n'
                 '{"file_name": "0004.png", "text": "a drawing of number 4"}\n'}),
    Case("Label Studio CSV",
         ["images/{a1b2c3d4,99aabbcc}-pic{1..3}.jpg"],
         "table", plain("Cat", "Dog"), texts={
             "project-1.csv":
                 "annotation_id,annotator,choice,created_at,id,image,lead_time,updated_at\n"
                 "1,1,Cat,2024-01-01T10:00:00Z,1,/data/upload/1/a1b2c3d4-pic1.jpg,"
                 "3.11,2024-01-01T10:00:01Z\n"
                 "2,1,Cat,2024-01-02T10:00:00Z,2,/data/upload/1/a1b2c3d4-pic2.jpg,"
                 "3.22,2024-01-02T10:00:01Z\n"
                 "3,1,Cat,2024-01-03T10:00:00Z,3,/data/upload/1/a1b2c3d4-pic3.jpg,"
                 "3.33,2024-01-03T10:00:01Z\n"
                 "4,1,Dog,2024-01-01T10:00:00Z,4,/data/upload/1/99aabbcc-pic1.jpg,"
                 "3.14,2024-01-01T10:00:01Z\n"
                 "5,1,Dog,2024-01-02T10:00:00Z,5,/data/upload/1/99aabbcc-pic2.jpg,"
                 "3.25,2024-01-02T10:00:01Z\n"
                 "6,1,Dog,2024-01-03T10:00:00Z,6,/data/upload/1/99aabbcc-pic3.jpg,"
                 "3.36,2024-01-03T10:00:01Z\n"}),
    Case("Label Studio JSON",
         ["images/{a1b2c3d4,99aabbcc}-pic{1..3}.jpg"],
         "table", plain("Cat", "Dog"), texts={
             "project-1.json":
                 '[{"id": 1, "annotations": [{"id": 1, "completed_by": 1,'
                 ' "result": [{"value": {"choices": ["Cat"]}, "from_name": "choice",'
                 ' "to_name": "image", "type": "choices"}]}],'
                 ' "file_upload": "a1b2c3d4-pic1.jpg",'
                 ' "data": {"image": "/data/upload/1/a1b2c3d4-pic1.jpg"}}, {"id": 2,'
                 ' "annotations": [{"id": 2, "completed_by": 1,'
                 ' "result": [{"value": {"choices": ["Cat"]}, "from_name": "choice",'
                 ' "to_name": "image", "type": "choices"}]}],'
                 ' "file_upload": "a1b2c3d4-pic2.jpg",'
                 ' "data": {"image": "/data/upload/1/a1b2c3d4-pic2.jpg"}}, {"id": 3,'
                 ' "annotations": [{"id": 3, "completed_by": 1,'
                 ' "result": [{"value": {"choices": ["Cat"]}, "from_name": "choice",'
                 ' "to_name": "image", "type": "choices"}]}],'
                 ' "file_upload": "a1b2c3d4-pic3.jpg",'
                 ' "data": {"image": "/data/upload/1/a1b2c3d4-pic3.jpg"}}, {"id": 1,'
                 ' "annotations": [{"id": 1, "completed_by": 1,'
                 ' "result": [{"value": {"choices": ["Dog"]}, "from_name": "choice",'
                 ' "to_name": "image", "type": "choices"}]}],'
                 ' "file_upload": "99aabbcc-pic1.jpg",'
                 ' "data": {"image": "/data/upload/1/99aabbcc-pic1.jpg"}}, {"id": 2,'
                 ' "annotations": [{"id": 2, "completed_by": 1,'
                 ' "result": [{"value": {"choices": ["Dog"]}, "from_name": "choice",'
                 ' "to_name": "image", "type": "choices"}]}],'
                 ' "file_upload": "99aabbcc-pic2.jpg",'
                 ' "data": {"image": "/data/upload/1/99aabbcc-pic2.jpg"}}, {"id": 3,'
                 ' "annotations": [{"id": 3, "completed_by": 1,'
                 ' "result": [{"value": {"choices": ["Dog"]}, "from_name": "choice",'
                 ' "to_name": "image", "type": "choices"}]}],'
                 ' "file_upload": "99aabbcc-pic3.jpg",'
                 ' "data": {"image": "/data/upload/1/99aabbcc-pic3.jpg"}}]'}),
    Case("VGG VIA CSV",
         ["pics/{1..6}.jpg"],
         "table", plain("cat", "dog"), texts={
             "via.csv":
                 "filename,file_size,file_attributes,region_count,region_id,"
                 "region_shape_attributes,region_attributes\n"
                 '1.jpg,1001,"{""kind"":""dog""}",0,0,"{}","{}"\n'
                 '2.jpg,1002,"{""kind"":""cat""}",0,0,"{}","{}"\n'
                 '3.jpg,1003,"{""kind"":""dog""}",0,0,"{}","{}"\n'
                 '4.jpg,1004,"{""kind"":""cat""}",0,0,"{}","{}"\n'
                 '5.jpg,1005,"{""kind"":""dog""}",0,0,"{}","{}"\n'
                 '6.jpg,1006,"{""kind"":""cat""}",0,0,"{}","{}"\n'}),
    Case("CVAT ImageNet",
         ["{cat,dog,no_label}/{1..3}.jpg"],
         "class-folders", plain("cat", "dog"), unlabelled=3, texts={
             "synsets.txt":
                 "cat\ndog\n"}),
    Case("PAD-UFES",
         ["imgs_part_1/imgs_part_1/PAT_{1..3}_1_1.png",
          "imgs_part_2/imgs_part_2/PAT_{4..6}_1_1.png",
          "imgs_part_1/imgs_part_1/PAT_{1..3}_1_2.png"],
         "table", {"BCC": (0, 0, 0, 4), "NEV": (0, 0, 0, 5)}, groups=6, texts={
             "metadata.csv":
                 "patient_id,lesion_id,smoke,drink,age,gender,diagnostic,itch,grew,"
                 "img_id,biopsed\n"
                 "PAT_1,1,False,False,51,MALE,NEV,True,False,PAT_1_1_1.png,True\n"
                 "PAT_1,1,False,False,51,MALE,NEV,True,False,PAT_1_1_2.png,True\n"
                 "PAT_2,2,True,False,52,FEMALE,BCC,True,True,PAT_2_1_1.png,True\n"
                 "PAT_2,2,True,False,52,FEMALE,BCC,True,True,PAT_2_1_2.png,True\n"
                 "PAT_3,3,False,False,53,MALE,NEV,True,False,PAT_3_1_1.png,True\n"
                 "PAT_3,3,False,False,53,MALE,NEV,True,False,PAT_3_1_2.png,True\n"
                 "PAT_4,4,True,False,54,FEMALE,BCC,True,True,PAT_4_1_1.png,False\n"
                 "PAT_5,5,False,False,55,MALE,NEV,True,False,PAT_5_1_1.png,False\n"
                 "PAT_6,6,True,False,56,FEMALE,BCC,True,True,PAT_6_1_1.png,False\n"}),
    Case("retinopathy",
         ["resized_train/resized_train/{10,13,15}_{left,right}.jpeg"],
         "table", plain("0", "2"), texts={
             "trainLabels.csv":
                 "image,level\n10_left,0\n10_right,2\n13_left,0\n13_right,2\n15_left,0\n"
                 "15_right,2\n"}),
    Case("blood cells",
         ["dataset2-master/dataset2-master/images/{TRAIN,TEST,TEST_SIMPLE}/"
          "{EOSINOPHIL,NEUTROPHIL}/_{0..2}.jpeg",
          "dataset-master/dataset-master/JPEGImages/BloodImage_0000{0..3}.jpg",
          "dataset-master/dataset-master/Annotations/BloodImage_0000{0..3}.xml"],
         "split-above-classes", parts("EOSINOPHIL", "NEUTROPHIL", test=6), unlabelled=4, texts={
             "dataset2-master/dataset2-master/labels.csv":
                 ",Image,Category\n0,0,NEUTROPHIL\n1,1,EOSINOPHIL\n",
             "dataset-master/dataset-master/labels.csv":
                 ",Image,Category\n0,0,NEUTROPHIL\n1,1,EOSINOPHIL\n"}),
    Case("same names in test (invasive)",
         ["train/{1..6}.jpg", "test/{1..4}.jpg"],
         "table", parts("0", "1"), unlabelled=4, texts={
             "train_labels.csv":
                 "name,invasive\n1,1\n2,0\n3,1\n4,0\n5,1\n6,0\n",
             "sample_submission.csv":
                 "name,invasive\n1,0.5\n"}),
    Case("landmarks in shards",
         ["train/0/1/2/012c9.jpg", "train/0/1/b/01bc9.jpg", "train/0/f/2/0f2c9.jpg",
          "train/0/f/b/0fbc9.jpg", "train/a/1/2/a12c9.jpg", "train/a/1/b/a1bc9.jpg",
          "train/a/f/2/af2c9.jpg", "train/a/f/b/afbc9.jpg"],
         "table", parts("17", "4242", train=4), texts={
             "train.csv":
                 "id,url,landmark_id\n012c9,http://u/0,17\n01bc9,http://u/1,17\n"
                 "0f2c9,http://u/2,4242\n0fbc9,http://u/3,4242\na12c9,http://u/4,17\n"
                 "a1bc9,http://u/5,17\naf2c9,http://u/6,4242\nafbc9,http://u/7,4242\n"}),
    Case("ODIR, lists in cells",
         ["preprocessed_images/{0..2}_{left,right}.jpg"],
         "table", plain("D", "N"), texts={
             "full_df.csv":
                 "ID,Patient Age,Patient Sex,N,D,filepath,labels,target,filename\n"
                 "0,60,Male,1,0,../input/Training Images/0_left.jpg,['N'],\"[1, 0]\","
                 "0_left.jpg\n"
                 "0,60,Male,0,1,../input/Training Images/0_right.jpg,['D'],\"[0, 1]\","
                 "0_right.jpg\n"
                 "1,61,Male,1,0,../input/Training Images/1_left.jpg,['N'],\"[1, 0]\","
                 "1_left.jpg\n"
                 "1,61,Male,0,1,../input/Training Images/1_right.jpg,['D'],\"[0, 1]\","
                 "1_right.jpg\n"
                 "2,62,Male,1,0,../input/Training Images/2_left.jpg,['N'],\"[1, 0]\","
                 "2_left.jpg\n"
                 "2,62,Male,0,1,../input/Training Images/2_right.jpg,['D'],\"[0, 1]\","
                 "2_right.jpg\n"}),
    Case("MURA",
         ["MURA-v1.1/{train,valid}/{XR_ELBOW,XR_HAND}/patient{00011,00012}/"
          "study1_{positive,negative}/image{1..2}.png"],
         "split-above-classes", parts("XR_ELBOW", "XR_HAND", train=8, validation=8), groups=4,
         note="study1_positive", texts={
             "MURA-v1.1/train_image_paths.csv":
                 "MURA-v1.1/train/XR_ELBOW/patient00011/study1_positive/image1.png\n"}),
    Case("pokemon",
         ["pokemon/pokemon/{abra,bulba,char,digda,ekans,fearow}.png"],
         "table", plain("Fire", "Water"), texts={
             "pokemon.csv":
                 "Name,Type1,Type2\nabra,Fire,\nbulba,Water,Ice\nchar,Fire,Bug\ndigda,Water,\n"
                 "ekans,Fire,Ice\nfearow,Water,Bug\n"}),
    Case("artworks with flat copies",
         ["images/images/Monet/Monet_{1..3}.jpg", "images/images/Dali/Dali_{1..3}.jpg",
          "resized/resized/{Monet,Dali}_{1..3}.jpg"],
         "class-folders", plain("Dali", "Monet"), skipped=6, texts={
             "artists.csv":
                 "id,name,years,genre\n0,Dali,1904,Surrealism\n1,Monet,1840,Impressionism\n"}),
    Case("emergency vehicles",
         ["train_SOaYf6m/images/{0..5}.jpg"],
         "table", plain("0", "1"), texts={
             "train_SOaYf6m/train.csv":
                 "image_names,emergency_or_not\n0.jpg,0\n1.jpg,1\n2.jpg,0\n3.jpg,1\n4.jpg,0\n"
                 "5.jpg,1\n",
             "test_vc2kHdQ.csv":
                 "image_names\n9.jpg\n"}),
    Case("AutoML",
         ["img/{1..6}.jpg"],
         "table", {"cat": (2, 0, 1, 0), "dog": (2, 1, 0, 0)}, texts={
             "import.csv":
                 "TRAIN,gs://bucket/img/1.jpg,cat\nTRAIN,gs://bucket/img/2.jpg,dog\n"
                 "TRAIN,gs://bucket/img/3.jpg,cat\nTRAIN,gs://bucket/img/4.jpg,dog\n"
                 "TEST,gs://bucket/img/5.jpg,cat\nVALIDATION,gs://bucket/img/6.jpg,dog\n"}),
    Case("MXNet list",
         ["imgs/{a,b,c,d}.jpg"],
         "table", plain("0", "1", count=2), texts={
             "data.lst":
                 "0\t0\timgs/a.jpg\n1\t1\timgs/b.jpg\n2\t0\timgs/c.jpg\n3\t1\timgs/d.jpg\n"}),
    Case("leukaemia, class all",
         ["C-NMC_training_data/C-NMC_training_data/fold_{0..2}/{all,hem}/UID_{1..2}.bmp",
          "C-NMC_test_prelim_phase_data/C-NMC_test_prelim_phase_data/{1..4}.bmp",
          "C-NMC_test_final_phase_data/C-NMC_test_final_phase_data/{5..8}.bmp"],
         "split-above-classes", parts("all", "hem", train=6), unlabelled=8, texts={
             "C-NMC_test_prelim_phase_data/prelim.csv":
                 "Patient_ID,new_names,labels\nU_1.bmp,1.bmp,1\nU_2.bmp,2.bmp,0\n"
                 "U_3.bmp,3.bmp,1\nU_4.bmp,4.bmp,0\n"}),
    Case("herbarium",
         ["train/images/000/00/001.jpg", "train/images/000/00/002.jpg",
          "train/images/000/01/011.jpg", "train/images/000/01/012.jpg",
          "train/images/000/02/021.jpg", "train/images/000/02/022.jpg",
          "train/images/001/00/101.jpg", "train/images/001/00/102.jpg",
          "train/images/001/01/111.jpg", "train/images/001/01/112.jpg",
          "train/images/001/02/121.jpg", "train/images/001/02/122.jpg"],
         "table", parts("Rosa", "Salix", train=6), texts={
             "train/metadata.json":
                 '{"images": [{"id": "001", "file_name": "images/000/00/001.jpg"},'
                 ' {"id": "002", "file_name": "images/000/00/002.jpg"},'
                 ' {"id": "011", "file_name": "images/000/01/011.jpg"},'
                 ' {"id": "012", "file_name": "images/000/01/012.jpg"},'
                 ' {"id": "021", "file_name": "images/000/02/021.jpg"},'
                 ' {"id": "022", "file_name": "images/000/02/022.jpg"},'
                 ' {"id": "101", "file_name": "images/001/00/101.jpg"},'
                 ' {"id": "102", "file_name": "images/001/00/102.jpg"},'
                 ' {"id": "111", "file_name": "images/001/01/111.jpg"},'
                 ' {"id": "112", "file_name": "images/001/01/112.jpg"},'
                 ' {"id": "121", "file_name": "images/001/02/121.jpg"},'
                 ' {"id": "122", "file_name": "images/001/02/122.jpg"}],'
                 ' "annotations": [{"image_id": "001", "category_id": 1},'
                 ' {"image_id": "002", "category_id": 2}, {"image_id": "011",'
                 ' "category_id": 1}, {"image_id": "012", "category_id": 2},'
                 ' {"image_id": "021", "category_id": 1}, {"image_id": "022",'
                 ' "category_id": 2}, {"image_id": "101", "category_id": 1},'
                 ' {"image_id": "102", "category_id": 2}, {"image_id": "111",'
                 ' "category_id": 1}, {"image_id": "112", "category_id": 2},'
                 ' {"image_id": "121", "category_id": 1}, {"image_id": "122",'
                 ' "category_id": 2}], "categories": [{"id": 1, "name": "Rosa"},'
                 ' {"id": 2, "name": "Salix"}]}'}),
    Case("aircraft",
         ["data/images/10257{1..8}.jpg"],
         "table", parts("707-320", "A 340", train=2, validation=1, test=1), texts={
             "data/images_family_train.txt":
                 "102571 A 340\n102572 707-320\n102573 A 340\n102574 707-320\n",
             "data/images_family_val.txt":
                 "102575 A 340\n102576 707-320\n",
             "data/images_family_test.txt":
                 "102577 A 340\n102578 707-320\n"}),
    Case("VOC",
         ["VOC2012/JPEGImages/2007_00002{1..8}.jpg",
          "VOC2012/{SegmentationClass,SegmentationObject}/2007_00002{1..4}.png",
          "VOC2012/Annotations/2007_00002{1..8}.xml"],
         "unlabelled", {}, unlabelled=8, skipped=8, texts={
             "VOC2012/ImageSets/Main/cat_train.txt":
                 "2007_000021  1\n2007_000022 -1\n2007_000023  1\n2007_000024 -1\n",
             "VOC2012/ImageSets/Main/cat_val.txt":
                 "2007_000025  1\n2007_000026 -1\n2007_000027  1\n2007_000028 -1\n",
             "VOC2012/ImageSets/Main/cat_trainval.txt":
                 "2007_000021  1\n2007_000022 -1\n2007_000023  1\n2007_000024 -1\n"
                 "2007_000025  1\n2007_000026 -1\n2007_000027  1\n2007_000028 -1\n",
             "VOC2012/ImageSets/Main/dog_train.txt":
                 "2007_000021  1\n2007_000022 -1\n2007_000023  1\n2007_000024 -1\n",
             "VOC2012/ImageSets/Main/dog_val.txt":
                 "2007_000025  1\n2007_000026 -1\n2007_000027  1\n2007_000028 -1\n",
             "VOC2012/ImageSets/Main/dog_trainval.txt":
                 "2007_000021  1\n2007_000022 -1\n2007_000023  1\n2007_000024 -1\n"
                 "2007_000025  1\n2007_000026 -1\n2007_000027  1\n2007_000028 -1\n"}),
    Case("RAF-DB",
         ["basic/Image/original/{train,test}_0000{1..4}.jpg"],
         "table", parts("1", "5", train=2, test=2), texts={
             "basic/EmoLabel/list_patition_label.txt":
                 "train_00001.jpg 5\ntrain_00002.jpg 1\ntrain_00003.jpg 5\ntrain_00004.jpg 1\n"
                 "test_00001.jpg 5\ntest_00002.jpg 1\ntest_00003.jpg 5\ntest_00004.jpg 1\n"}),
    Case("FairFace",
         ["{train,val}/{1..6}.jpg"],
         "table", parts("Female", "Male", validation=3), texts={
             "fairface_label_train.csv":
                 "file,age,gender,race,service_test\ntrain/1.jpg,50-59,Female,White,True\n"
                 "train/2.jpg,50-59,Male,White,True\ntrain/3.jpg,50-59,Female,White,False\n"
                 "train/4.jpg,more than 70,Male,Black,False\n"
                 "train/5.jpg,more than 70,Female,Black,False\n"
                 "train/6.jpg,more than 70,Male,Black,True\n",
             "fairface_label_val.csv":
                 "file,age,gender,race,service_test\nval/1.jpg,50-59,Female,White,True\n"
                 "val/2.jpg,50-59,Male,White,True\nval/3.jpg,50-59,Female,White,False\n"
                 "val/4.jpg,more than 70,Male,Black,False\n"
                 "val/5.jpg,more than 70,Female,Black,False\n"
                 "val/6.jpg,more than 70,Male,Black,True\n"}),
    Case("galaxies",
         ["images_training_rev1/10000{1..8}.jpg"],
         "unlabelled", {}, unlabelled=8, texts={
             "training_solutions_rev1.csv":
                 "GalaxyID,Class1.1,Class1.2,Class1.3\n100001,0.381,0.611,0.001\n"
                 "100002,0.382,0.612,0.002\n100003,0.383,0.613,0.003\n100004,0.384,0.614,0.004\n"
                 "100005,0.385,0.615,0.005\n100006,0.386,0.616,0.006\n100007,0.387,0.617,0.007\n"
                 "100008,0.388,0.618,0.008\n"}),
    Case("bee health",
         ["bee_imgs/bee_imgs/04{1..6}_00.png"],
         "table", plain("Carniolan", "Italian"), groups=2, texts={
             "bee_data.csv":
                 "file,date,time,location,zip code,subspecies,health,caste\n"
                 "041_00.png,8/28/18,16:01,Alvin,77511,Carniolan,healthy,worker\n"
                 "042_00.png,8/28/18,16:02,Alvin,77511,Italian,hive beetles,worker\n"
                 "043_00.png,8/28/18,16:03,Athens,77511,Carniolan,hive beetles,worker\n"
                 "044_00.png,8/28/18,16:04,Athens,77511,Italian,healthy,worker\n"
                 "045_00.png,8/28/18,16:05,Athens,77511,Carniolan,healthy,worker\n"
                 "046_00.png,8/28/18,16:06,Alvin,77511,Italian,hive beetles,worker\n"}),
    Case("yes/no and place",
         ["imgs/{1..6}.png"],
         "table", plain("sea", "wood"), texts={
             "labels.csv":
                 "file,flash,scene\n1.png,yes,wood\n2.png,yes,sea\n3.png,yes,wood\n"
                 "4.png,no,sea\n5.png,no,wood\n6.png,no,sea\n"}),
    Case("semicolons in German",
         ["Bilder/{1..6}.jpg"],
         "table", plain("Buche", "Eiche"), texts={
             "Bäume.csv":
                 "Datei;Klasse\n1.jpg;Buche\n2.jpg;Eiche\n3.jpg;Buche\n4.jpg;Eiche\n"
                 "5.jpg;Buche\n6.jpg;Eiche\n"}),
    Case("train list and test list of ids",
         ["images/cat/c{1..4}.png", "images/dog/d{1..4}.png"],
         "class-folders", parts("cat", "dog", test=1), texts={
             "splits/train.txt":
                 "images/cat/c1.png\nimages/cat/c2.png\nimages/cat/c3.png\nimages/dog/d1.png\n"
                 "images/dog/d2.png\nimages/dog/d3.png\n",
             "splits/test.txt":
                 "images/cat/c4.png\nimages/dog/d4.png\n"}),
    Case("bounding boxes in CSV (detection)",
         ["train/{1..6}.jpg"],
         "table", parts("bus", "car"), texts={
             "train/_annotations.csv":
                 "filename,width,height,class,xmin,ymin,xmax,ymax\n1.jpg,416,416,bus,1,1,10,10\n"
                 "2.jpg,416,416,car,2,2,11,11\n3.jpg,416,416,bus,3,3,12,12\n"
                 "4.jpg,416,416,car,4,4,13,13\n5.jpg,416,416,bus,5,5,14,14\n"
                 "6.jpg,416,416,car,6,6,15,15\n"}),
    Case("ODIR: both eyes in a row",
         ["ODIR-5K/Training Images/{0..5}_{left,right}.jpg"],
         "table", {"D": (6, 0, 0, 0), "N": (6, 0, 0, 0)}, groups=6, texts={
             "ODIR-5K/data.csv":
                 "ID,Patient Age,Left-Fundus,Right-Fundus,N,D,G\n"
                 "0,60,0_left.jpg,0_right.jpg,1,0,0\n1,61,1_left.jpg,1_right.jpg,0,1,0\n"
                 "2,62,2_left.jpg,2_right.jpg,1,0,0\n3,63,3_left.jpg,3_right.jpg,0,1,0\n"
                 "4,64,4_left.jpg,4_right.jpg,1,0,0\n5,65,5_left.jpg,5_right.jpg,0,1,0\n"}),
    Case("ODIR with several diseases at once",
         ["ODIR-5K/Training Images/{0..3}_{left,right}.jpg"],
         "file-names", {"left": (4, 0, 0, 0), "right": (4, 0, 0, 0)},
         note="data.csv gives pictures several labels at once. For one of them", texts={
             "ODIR-5K/data.csv":
                 "ID,Left-Fundus,Right-Fundus,N,D,G\n"
                 "0,0_left.jpg,0_right.jpg,1,0,0\n1,1_left.jpg,1_right.jpg,0,1,1\n"
                 "2,2_left.jpg,2_right.jpg,1,0,0\n3,3_left.jpg,3_right.jpg,0,1,1\n"}),
    Case("ODIR beside resized pictures of the same names",
         ["preprocessed_images/{0..3}_{left,right}.jpg",
          "ODIR-5K/ODIR-5K/Training Images/{0..3}_{left,right}.jpg",
          "ODIR-5K/ODIR-5K/Testing Images/{90..92}_{left,right}.jpg"],
         "table", plain("D", "N", count=4), unlabelled=14, texts={
             "full_df.csv":
                 "ID,Left-Fundus,Right-Fundus,filepath,labels,filename\n" + "".join(
                     f"{n},{n}_left.jpg,{n}_right.jpg,../input/ODIR-5K/Training Images/{n}_{eye}"
                     f".jpg,['{'ND'[n % 2]}'],{n}_{eye}.jpg\n"
                     for n in range(4) for eye in ("left", "right"))}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_read_as_an_attentive_person_would(case):
    assert seen(case) == case.expected
